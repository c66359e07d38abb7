"""The releases of EMR Serverless that can run the jobs, and all that follows from each. Pure.

`IN_USE` is what a stack gets that asks for no other. To change or add one, write it here, run the tests, and do what
they say: they hold `template.yaml` and the locked packages to it. What differs between them is in `docs/releases.md`.
It is not a release of our own code: `places.py` names those.
"""

from dataclasses import dataclass

IMAGE_JARS = "/usr/share/aws/iceberg/lib"
"""The folder of Iceberg's jars on each release's image."""
_ICEBERG_GROUP = "org.apache.iceberg"


@dataclass(frozen=True, slots=True)
class Pin:
    """The content that a file must have: its SHA-256 in lower-case hex, and its size."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Jar:
    """A jar as Maven names it, `group:artifact:version`, and the content that it must have."""

    group: str
    artifact: str
    version: str
    pin: Pin

    @property
    def coordinate(self) -> str:
        """`group:artifact:version`."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """`artifact-version.jar`."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Where the jar lies below the base URL of a Maven repository."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"


@dataclass(frozen=True, slots=True)
class Release:
    """A release of EMR Serverless: its label, and the versions of what is on its image."""

    label: str
    spark: str
    scala: str
    """The version that Spark was built for, without its last part."""
    iceberg: str
    java: str
    """The major version."""
    image_iceberg_jar: str | None
    """Where the image has Iceberg's Spark runtime; None where Spark's own class path has it."""
    iceberg_runtime: Pin
    iceberg_aws_bundle: Pin
    java_modules: tuple[str, ...] = ()
    """The modules that Spark starts its JVM with, and that a cut-down Java may lack."""

    @property
    def jars(self) -> tuple[Jar, ...]:
        """The jars that a machine without the image needs: Iceberg's Spark runtime and its AWS clients."""
        spark = self.spark.rpartition(".")[0]
        runtime = f"iceberg-spark-runtime-{spark}_{self.scala}"
        return (
            Jar(_ICEBERG_GROUP, runtime, self.iceberg, self.iceberg_runtime),
            Jar(_ICEBERG_GROUP, "iceberg-aws-bundle", self.iceberg, self.iceberg_aws_bundle),
        )


EMR_7_14 = Release(
    label="emr-7.14.0",
    spark="3.5.8",
    scala="2.12",
    iceberg="1.10.1",
    java="17",
    image_iceberg_jar="/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
    iceberg_runtime=Pin("39ea09e6c03550a300b9d9ab498949836d2d434e441da4c12a943a086e396940", 47_140_434),
    iceberg_aws_bundle=Pin("86bf20892ea5b4c17688f19b075399885f6aa5303f6b2dc9f491e76ceef9633b", 62_673_230),
)
EMR_SPARK_8_1 = Release(
    label="emr-spark-8.1.0",
    spark="4.1.1",
    scala="2.13",
    iceberg="1.11.0",
    java="17",
    image_iceberg_jar=None,
    iceberg_runtime=Pin("d6ea6c5d099288daeb7d5a92061bd3d7d8f296492632b42378e5f2f0e3066242", 47_959_591),
    iceberg_aws_bundle=Pin("38f01da7e96850cdd05e6616d758b77b43314b712a8808e3f9a824d56976162f", 63_613_165),
    java_modules=("jdk.incubator.vector",),
)
IN_USE = EMR_7_14
RELEASES = (EMR_7_14, EMR_SPARK_8_1)


def by_label(label: str) -> Release:
    """Return the release with this label. Raises ValueError for one that is not known here."""
    for release in RELEASES:
        if release.label == label:
            return release
    known = " or ".join(release.label for release in RELEASES)
    raise ValueError(f"it must be {known}, or be added to contracts/jobs/emr_release.py")
