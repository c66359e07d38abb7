# %% [markdown]
# # Fruits! : de la photo à la matrice réduite, en PySpark
#
# Ce notebook suit une photo de bout en bout : S3, étiquette, vecteur de 1280 nombres par un CNN, table Iceberg, ACP,
# matrice relue dans S3. Il **appelle les fonctions du produit** (`spark_app`, `contracts`) : ce qui tourne ici est ce
# que lance `spark-submit` sur EMR Serverless. Rien n'est réécrit pour l'occasion ; seules les figures le sont.
#
# | vous cherchez | section |
# | --- | --- |
# | les photos et les étiquettes dans S3 | 1 |
# | pourquoi les clés voyagent et pas les octets | 2 |
# | la diffusion (*broadcast*) des poids, et sa preuve | 3 |
# | l'extraction des vecteurs, en un seul commit | 4 |
# | l'ACP en PySpark : centrée ou réduite, combien d'axes, celle de Spark à côté | 5, 6 |
# | la matrice relue depuis S3 : CSV, Parquet, Iceberg | 7 |
# | les images : voisins, éboulis, axes, dérive | 5 à 8 |
# | le retour dans le temps, et ce qu'un second lot change | 8 |
#
# Sur un portable : `make notebook`. Sur EMR Serverless avec EMR Studio : [emr_studio.md](emr_studio.md).
#
# **Seule la cellule suivante change d'un endroit à l'autre.** Elle ouvre `place` : une session Spark, et les lieux dans
# S3. Sur un portable, un nuage local répond comme S3 et Glue, et Spark est un vrai Spark.

# %% tags=["place"]
from notebooks import laptop

place = laptop.open_here()

# %%
import hashlib
import io
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from matplotlib.figure import Figure
from pyspark.sql import functions as F

from contracts import models
from spark_app.stores.listing import list_objects
from spark_app.stores.objects import read_object

spark, store = place.spark, place.store
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
print("Spark", spark.version)

# %% [markdown]
# ## 1. Les photos dans S3, et d'où vient l'étiquette
#
# L'application dépose chaque photo sous `uploads/<personne>/<fruit>/<nom>`. L'étiquette est la métadonnée `label` de
# l'objet, sinon le dossier ; elle est normalisée (Unicode NFC), sans quoi « Pêche » tapé sur un Mac et « Pêche » tapé
# sur un téléphone seraient deux fruits.

# %%
from spark_app.photos.labels import label_of, normalised

keys = [key for key, _ in list_objects(f"s3://{place.photos}", store)]
first, second = place.batch(1), place.batch(2)
print(f"{len(keys)} objets ; lot 1 : {len(first)} photos, lot 2 : {len(second)} photos")
for photo in sorted(first, key=lambda photo: photo.key)[100:103]:
    print(f"  {photo.key}  →  {label_of(photo.key, {})}")
print("par métadonnée :", label_of("uploads/u1/x.jpg", {"label": "=?UTF-8?Q?P=C3=AAche?="}))
print("une seule Pêche :", normalised("Pe\u0302che") == normalised("P\u00eache"))

# %% [markdown]
# ## 2. Les clés voyagent, les octets non
#
# Un lot est un *manifeste* : une ligne par photo, sa clé, sa taille, son identité. C'est tout ce que Spark distribue.
# Chaque tâche va chercher ses photos elle-même, les décode et les donne au CNN dans la même étape : les pixels ne
# passent jamais par Spark. Le notebook d'origine lisait les images avec `binaryFile` : les octets entraient dans la
# JVM, puis en sortaient vers Python, photo par photo.

# %%
from spark_app.extract import frames

slots = spark.sparkContext.defaultParallelism
plan = frames.planned(first, None, slots)
shares = frames.shares(spark, plan)
sent = sum(len(row.photos) for row in shares.collect())
stored = sum(photo.size_bytes for photo in first)
pixels = len(first) * 224 * 224 * 3 * 4
print(f"{len(plan)} tâches pour {slots} cœurs")
print(f"clés envoyées aux tâches : {sent / 1e3:8.0f} ko")
print(f"fichiers dans S3         : {stored / 1e3:8.0f} ko")
print(f"pixels en float32        : {pixels / 1e3:8.0f} ko  (ce qu'une colonne d'images décodées ferait circuler)")

# %% [markdown]
# Ici les photos d'essai sont petites (100 pixels de côté). Une photo de téléphone fait 2 à 4 Mo : sa clé reste la même.
# Les tâches reçoivent des parts de même **coût** prévu (taille et format), et non de même nombre.
#
# ## 3. La diffusion des poids, et comment la prouver
#
# Le sujet dit que l'alternant l'avait oubliée. Dans les versions qui circulent, un `broadcast` est présent, mais chaque
# *worker* construit d'abord `MobileNetV2(weights="imagenet")` : il **télécharge** donc les poids avant de les remplacer
# par ceux qu'on lui a diffusés. Le résultat est juste, la diffusion ne sert à rien, et sans internet (le cas d'une
# application EMR Serverless sans VPC) tout échoue. Voir le mot `broadcast` dans un script ne prouve donc rien.
#
# Ici le *driver* lit le CNN dans S3, vérifie son SHA-256 et le diffuse ; un *worker* n'a ni TensorFlow ni internet. Les
# lignes `payload` et `engine_spec` sont ce que fait `network.engines.broadcast_engine`, que le travail appelle.

# %%
from spark_app.network import artifact as artifacts
from spark_app.network.engine import EngineSpec, LiteRTEngine

artifact = artifacts.read(place.artifact, store, weights=True)
payload = spark.sparkContext.broadcast(artifact.flatbuffer)
engine_spec = EngineSpec(artifact.card.artifact_sha256, LiteRTEngine, payload)
weights = artifact.weight_arrays()
print(artifact.card.backbone, f"{artifact.card.input_size} pixels, {artifact.card.feature_width} nombres par photo")
print(f"{len(weights)} tableaux, {sum(one.size for one in weights):,} poids")
print(
    f"diffusé : {len(artifact.flatbuffer) / 1e6:.1f} Mo (graphe et poids), vérifié par {artifact.card.artifact_sha256[:12]}…"
)

# %% [markdown]
# **Preuve 1 : les octets lus dans un *worker* sont ceux du *driver*, et donnent les mêmes vecteurs.**

# %%
from spark_app.extract.per_photo import PhotoSettings
from spark_app.photos.images import decode

settings = PhotoSettings(store, artifact.card.input_size)
some = [photo for photo in first if photo.size_bytes > 3000][:8]


def by_workers(spec, photos, tasks=2, totals=None):
    """Renvoie les vecteurs que les workers calculent, par identité de photo."""
    rows = frames.extract(frames.shares(spark, frames.planned(photos, tasks, slots)), settings, spec, totals)
    return {row.photo_id: np.array(row.features, np.float32) for row in rows.select("photo_id", "features").collect()}


def by_driver(flatbuffer, photos):
    """Renvoie les mêmes vecteurs, calculés ici."""
    engine = LiteRTEngine(flatbuffer)
    read = {photo.photo_id: read_object(f"s3://{photo.bucket}/{photo.key}", store) for photo in photos}
    return {
        name: engine.features(decode(data, artifact.card.input_size).pixels[None])[0] for name, data in read.items()
    }


def apart(some, other):
    """Renvoie le plus grand écart entre deux jeux de vecteurs."""
    return max(float(np.abs(some[name] - other[name]).max()) for name in some)


digest = spark.sparkContext.parallelize([0], 1).map(lambda _: hashlib.sha256(payload.value).hexdigest()).first()
found, expected = by_workers(engine_spec, some), by_driver(artifact.flatbuffer, some)
print("SHA-256 calculé dans un worker = celui de la fiche :", digest == artifact.card.artifact_sha256)
print("plus grand écart, workers contre driver :", apart(found, expected))

# %% [markdown]
# **Preuve 2 : avec d'autres poids diffusés, les vecteurs changent**, et ce sont ceux que le driver calcule avec ces
# autres poids. Un worker qui prendrait ses poids ailleurs donnerait les mêmes vecteurs qu'avant. On divise par deux le
# plus grand tableau de poids, dans les octets mêmes.


# %%
def with_halved_weights(flatbuffer):
    """Renvoie le même graphe, où le plus grand tableau de poids est divisé par deux."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=flatbuffer)
    constant = []
    for tensor in interpreter.get_tensor_details():
        try:
            constant.append(interpreter.get_tensor(tensor["index"]))
        except ValueError:  # un tenseur qui n'a de valeur que pendant un calcul
            continue
    largest = max((one for one in constant if one.dtype == np.float32), key=lambda one: one.size)
    assert flatbuffer.count(largest.tobytes()) == 1
    return flatbuffer.replace(largest.tobytes(), (largest / 2).tobytes())


halved = with_halved_weights(artifact.flatbuffer)
# La clé change avec les octets : un worker garde son moteur sous cette clé, et resservirait sinon l'ancien.
other_spec = EngineSpec(hashlib.sha256(halved).hexdigest(), LiteRTEngine, spark.sparkContext.broadcast(halved))
other = by_workers(other_spec, some)
print(f"écart avec les vecteurs d'avant : {apart(other, expected):.2f}")
print("écart avec le driver et ces poids :", apart(other, by_driver(halved, some)))

# %% [markdown]
# **Preuve 3 : réseau coupé, le moteur se construit quand même.** On interdit toute connexion de Python pendant la
# construction, dans le worker. La manière d'origine, qui ouvre une adresse pour ses poids, tombe sur cette coupure ;
# la nôtre ne la voit pas. (Les photos, elles, viennent bien de S3 : elles sont lues hors de ce bloc.)


# %%
def without_network(build):
    """Renvoie ce qui construit un moteur pendant que toute connexion est refusée."""

    def cut(flatbuffer):
        import socket
        from unittest import mock

        refused = mock.Mock(side_effect=OSError("réseau coupé"))
        with mock.patch.object(socket, "getaddrinfo", refused), mock.patch.object(socket.socket, "connect", refused):
            return build(flatbuffer)

    return cut


def after_a_download(flatbuffer):
    """Construit un moteur à la manière d'origine : télécharger d'abord."""
    from urllib.request import urlopen

    urlopen("https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/weights.h5")
    return LiteRTEngine(flatbuffer)


cut_off = by_workers(EngineSpec("sans réseau", without_network(LiteRTEngine), payload), some)
print("réseau coupé, écart avec le driver :", apart(cut_off, expected))
try:
    by_workers(EngineSpec("télécharge", without_network(after_a_download), payload), some)
except Exception as error:
    print("à la manière d'origine :", "réseau coupé" in str(error) and "échec, <urlopen error réseau coupé>")

# %% [markdown]
# **Ce que la diffusion pèse, et combien de fois elle voyage.** Spark l'envoie par blocs de 4 Mo, une fois par
# exécuteur (une JVM), et non par tâche. Dans un exécuteur, chaque processus Python la lit une fois, quand il construit
# son moteur, puis garde ce moteur d'une tâche à l'autre. Le compteur `engines_built` du produit le montre.

# %%
totals = frames.TaskTotals.zero(spark)
by_workers(EngineSpec("compté", LiteRTEngine, payload), first[:48], tasks=12, totals=totals)
built = totals.counts.value["engines_built"]
size = len(artifact.flatbuffer) / 1e6
print(f"12 tâches, {slots} cœurs : moteurs construits au plus une fois par processus :", built <= slots)
print(f"blocs de 4 Mo : {-(-len(artifact.flatbuffer) // 2**22)}")
print(f"sans diffusion, avec chaque tâche : 12 × {size:.1f} = {12 * size:.0f} Mo ; avec : {size:.1f} Mo par exécuteur")

# %% [markdown]
# ## 4. Les vecteurs, en un seul commit
#
# `extract_job.run` est le travail entier, celui de `spark-submit` : lire le manifeste, diffuser, extraire, puis écrire
# **une fois** dans la table Iceberg. Avant d'écrire, chaque tâche vérifie qu'elle a une ligne par photo. Une photo
# illisible devient une ligne avec le nom du refus ; elle ne fait jamais tomber le lot.

# %%
from spark_app import extract_job


def extract(number):
    """Lance le travail d'extraction sur le lot 1 ou 2."""
    arguments = extract_job.Arguments(place.manifests[number - 1], place.table, place.artifact, "litert", None, store)
    return extract_job.run(spark, arguments, f"notebook-{number}", NOW, progress=lambda line: None)


report = extract(1)
rows = spark.table(place.table)
print(f"lignes : {rows.count()}, pour {len(first)} photos")
rows.groupBy("rejection").count().orderBy(F.desc("count"), "rejection").show(truncate=False)

# %% [markdown]
# Le relancer ne change rien : les lignes finales sont gardées, aucune photo n'est comptée deux fois.

# %%
before = rows.count()
extract(1)
history = spark.sql(f"SELECT operation, summary['added-records'] AS added FROM {place.table}.snapshots")
print("lignes avant et après une seconde exécution :", before, spark.table(place.table).count())
history.show()

# %% [markdown]
# **Une photo et ses voisines.** Deux vecteurs proches (cosinus) devraient être deux fruits semblables : c'est ce que la
# suite suppose, donc on regarde.

# %%
import tempfile
from pathlib import Path

from infra.demo import neighbours


def features_of(table, snapshot=None):
    """Renvoie les lignes qui ont un vecteur, triées par clé, et leurs vecteurs (n, 1280)."""
    read = spark.read.option("snapshot-id", snapshot) if snapshot else spark.read
    kept = read.table(table).where("rejection IS NULL").select("photo_id", "key", "label", "features").toPandas()
    kept = kept.sort_values("key", ignore_index=True)
    return kept, np.stack(kept["features"]).astype(np.float32)


def show_neighbours(name, kept, vectors, count, seed):
    """Montre des photos à côté de leurs cinq plus proches."""
    shown = [neighbours.LabelledPhoto(key, label) for key, label in zip(kept["key"], kept["label"], strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "neighbours.png"
        read = lambda key: read_object(f"s3://{place.photos}/{key}", store)  # noqa: E731
        neighbours.draw(shown, vectors, read, target, count=count, seed=seed)
        place.show(name, target.read_bytes())


kept, vectors = features_of(place.table)
show_neighbours("voisins", kept, vectors, count=4, seed=3)

# %% [markdown]
# ## 5. L'ACP : centrée ou réduite, et combien d'axes
#
# Une passe sur les lignes suffit : chaque tâche renvoie le nombre, la moyenne et la dispersion de sa part, en double
# précision ; ces états s'additionnent exactement, et le driver diagonalise une matrice 1280 × 1280. C'est
# `refit.feature_pass`, la passe du travail de production.

# %%
from spark_app.lake import changes
from spark_app.models.card import components_for
from spark_app.pca.fit import FitSettings, fit
from spark_app.refit import feature_pass
from spark_app.refit.reading import RowsBySpark

snapshot = changes.pin(spark, place.table)
sums = feature_pass.add_up(RowsBySpark(changes.features_at(spark, place.table, snapshot.id), slots), "INSERT")["INSERT"]
centred = fit(sums.moments, FitSettings())
standardised = fit(sums.moments, FitSettings(standardize=True))
table = pd.DataFrame(
    [
        (f"{share:.0%}", components_for(centred, share), components_for(standardised, share))
        for share in (0.8, 0.95, 0.99)
    ],
    columns=["variance gardée", "axes, centrée", "axes, centrée et réduite"],
)
print(table.to_string(index=False))

# %%
figure = Figure(figsize=(8, 4), layout="constrained")
axes = figure.subplots()
for name, model in (("centrée", centred), ("centrée et réduite", standardised)):
    axes.plot(np.arange(1, 301), model.explained[:300], label=name)
for share in (0.8, 0.95):
    axes.axhline(share, color="0.7", linewidth=0.8, linestyle=":")
axes.set(
    xlabel="nombre d'axes", ylabel="variance gardée", ylim=(0, 1.02), title="Éboulis cumulé : les deux ACP du lot 1"
)
axes.legend(loc="lower right")
place.show("eboulis-deux", figure)

# %% [markdown]
# **On garde l'ACP centrée.** Les 1280 nombres ont la même unité et la même origine (des activations moyennes) : rien
# n'est à mettre à la même échelle. Réduire divise chacun par son écart-type, donc donne à une activation presque
# toujours nulle la même voix qu'aux autres ; la variance s'étale et il faut bien plus d'axes pour la même part. C'est
# ce que deux travaux publiés ont trouvé sur les 22 688 photos de Fruits-360 avec MobileNetV2 : 162, 557 et 983 axes
# pour 80, 95 et 99 % en réduisant ; en centrant seulement, 42 axes gardent 70,4 %, 57 gardent 75 %, 200 gardent 90,7 %.
# `python -m benchmarks.variance` retrouve la même allure sur 5 240 de ces photos, et dit comment vérifier sur toutes
# ([docs/pca.md](../docs/pca.md)).
#
# **Combien d'axes ?** Les premiers qui gardent 95 % de la variance. Le piège est dans la façon de compter :
# `np.argmax(cumul >= part)` renvoie **0** quand la part n'est jamais atteinte, donc « un axe suffit », sans erreur.
# Cela arrive dès que le cumul est tronqué (une ACP demandée avec `k` axes), ou finit à 1 − ε.

# %%
truncated = centred.explained[:20]  # ce qu'on a d'une ACP à 20 axes
print(f"les 20 premiers axes gardent {truncated[-1]:.1%}")
print("np.argmax(cumul >= 0.95) + 1 :", int(np.argmax(truncated >= 0.95)) + 1, "axe (faux)")
print("np.searchsorted sur le spectre entier :", components_for(centred, 0.95), "axes")

# %% [markdown]
# **L'ACP de Spark, à côté.** `pyspark.ml.feature.PCA` sur les mêmes lignes, d'abord là où elle est sûre : plus de lignes
# que de colonnes. Puis sur douze tableaux qui ont moins de lignes que de colonnes : sa décomposition en Java (F2J) rend
# alors parfois de mauvaises valeurs singulières **sans un mot**, au gré des arrondis. On mesure donc l'écart, au lieu de
# la croire.

# %%
from pyspark.ml.feature import PCA
from pyspark.ml.functions import array_to_vector

from spark_app.pca import moments

K = 10
spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")


def off(count, width):
    """Renvoie l'écart relatif le plus grand entre les parts de variance de Spark et les nôtres."""
    part = vectors[np.linspace(0, len(vectors) - 1, count).astype(int), :width]
    data = spark.createDataFrame(pd.DataFrame({"features": list(part)}), "features array<float>").coalesce(1)
    fitted = PCA(k=K, inputCol="v", outputCol="pcs").fit(data.select(array_to_vector("features").alias("v")))
    ours = fit(moments.of_rows(part), FitSettings(k=K))
    return float(np.abs(fitted.explainedVariance.toArray() / (ours.spectrum[:K] / ours.spectrum.sum()) - 1).max())


def in_words(value):
    """Renvoie un écart en mots."""
    return "< 1e-9" if value < 1e-9 else f"{value:.0%}"


print(f"{len(vectors)} lignes, 64 colonnes : écart relatif {in_words(off(len(vectors), 64))}")
found = {count: off(count, 320) for count in range(60, 300, 20)}
wrong = {count: in_words(value) for count, value in found.items() if value > 1e-9}
print(f"moins de lignes que de colonnes (320) : résultats faux : {len(wrong)} sur {len(found)}", wrong or "")

# %% [markdown]
# Le nombre de résultats faux change d'une machine à l'autre, et peut être zéro ici : l'erreur dépend du dernier chiffre.
# Sur 1280 colonnes, il y en a eu aussi ([docs/pca.md](../docs/pca.md)). La nôtre est tenue à 1e-9 du SVD complet de
# scikit-learn par un test ; elle refuse un NaN en nommant la photo, et note `fewer_rows_than_components` quand il y a
# moins de lignes que de colonnes.

# %%
print("notes du modèle :", centred.notes)
exact = np.linalg.svd(vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64), compute_uv=False) ** 2
print(
    "écart avec un SVD complet < 1e-6 :",
    bool(np.abs(centred.spectrum[:100] * (len(vectors) - 1) / exact[:100] - 1).max() < 1e-6),
)

# %% [markdown]
# ## 6. Le modèle publié
#
# `refit_job.run` est le travail de production : épingler l'instantané, mesurer, ajuster, projeter, écrire la matrice
# (Iceberg, CSV, Parquet), dessiner, écrire la fiche en dernier, puis déplacer un pointeur. Les lecteurs voient l'ancien
# modèle ou le nouveau, jamais une moitié.

# %%
from spark_app import refit_job
from spark_app.models.store import ModelStore

model_store = ModelStore.at(place.models, store)


def refit(number):
    """Lance le travail d'ajustement, et renvoie son rapport et le modèle publié."""
    arguments = refit_job.Arguments(place.table, place.reduced, place.models, store)
    report = refit_job.run(spark, arguments, model_store, f"notebook{number}", NOW)
    return report, model_store.latest()


fitted, one = refit(1)
card = one.card
print(f"mode {fitted.mode} ({fitted.why})")
print(f"{card.n} photos, {card.width} nombres → {card.k} axes, {card.explained:.1%} de la variance")
place.show("eboulis", one.read(models.SCREE_PICTURE))

# %% [markdown]
# Les deux premiers axes, par étiquette : à gauche toutes les photos et le numéro de chaque fruit à sa moyenne, à droite
# une case par fruit. Les fruits se groupent sans qu'aucun modèle n'ait été entraîné ; les deux raisins blancs (6 et 7)
# sont voisins, les deux poivrons (20 et 21) aussi. Deux axes ne montrent qu'une part de la variance : deux groupes qui
# se touchent ici peuvent être loin l'un de l'autre sur les axes suivants. (Les images du produit sont en anglais.)

# %%
place.show("axes", one.read(models.COMPONENTS_PICTURE))

# %% [markdown]
# ## 7. La matrice, relue depuis S3
#
# Trois formes, les mêmes nombres : CSV pour les gens, Parquet pour les outils, Iceberg pour les requêtes et le passé.
# En production, `fruits export --format csv|parquet` en fait un seul fichier, avec son dictionnaire et ses sommes de
# contrôle ([docs/export.md](../docs/export.md)).

# %%
folder = f"{place.models}/{card.version}/{models.MATRIX}"
names = sorted(name.strip("/") for name, _ in list_objects(folder, store))
csv = pd.concat(
    [pd.read_csv(io.BytesIO(read_object(f"{folder}/{name}", store))) for name in names if name.endswith(".csv")]
).sort_values("photo_id", ignore_index=True)
parquet = pd.concat(
    [
        pq.read_table(io.BytesIO(read_object(f"{folder}/{name}", store))).to_pandas()
        for name in names
        if name.endswith(".parquet")
    ]
).sort_values("photo_id", ignore_index=True)
iceberg = spark.table(place.reduced).toPandas().sort_values("photo_id", ignore_index=True)
wide = [f"pc_{number}" for number in range(1, card.k + 1)]
print(
    "CSV", csv.shape, "| Parquet", parquet.shape, "| Iceberg", iceberg.shape, "dont une colonne de", card.k, "nombres"
)
print("mêmes nombres, CSV et Parquet  :", bool(np.allclose(csv[wide], parquet[wide], atol=1e-6)))
print("mêmes nombres, Parquet, Iceberg :", bool((parquet[wide].to_numpy() == np.stack(iceberg["pcs"])).all()))
print(csv[["label", "pc_1", "pc_2", "pc_3"]].head(4).round(2).to_string(index=False))

# %% [markdown]
# ## 8. Un second lot : ce qui change, et le retour dans le temps
#
# Le lot 1 est fait de photos de studio sur fond blanc ; le lot 2, de photos de téléphone prises en magasin. L'extraction
# ajoute des lignes ; l'ajustement est **incrémental** : il ne lit que ces lignes et les ajoute à l'état du modèle.

# %%
old = changes.pin(spark, place.table)
extract(2)
refitted, two = refit(2)
print(
    f"mode {refitted.mode} : {refitted.rows_inserted} lignes ajoutées, {refitted.rows_deleted} ôtées, sur {two.card.n}"
)
print(f"axes : {one.card.k} → {two.card.k}")
drift = two.card.drift
print(f"l'espace a changé de {drift['change']:.1%} ; projeter de nouveau : {'oui' if drift['reproject'] else 'non'}")
place.show("derive", two.read(models.DRIFT_PICTURE))

# %% [markdown]
# La dérive se lit dans les moments seuls : aucune photo n'est relue. L'angle dit de combien l'espace a tourné ; la
# moyenne glisse parce que des photos d'une autre sorte sont venues ; le rapport des variances dit où il y a plus de
# diversité qu'avant. **Les coordonnées de deux versions ne se mélangent jamais** : chaque matrice nomme la sienne.
#
# **Le retour dans le temps.** Iceberg garde les instantanés : on relit la table telle qu'elle était, et l'on retrouve le
# premier modèle à 1e-9 près.

# %%
kept_then, vectors_then = features_of(place.table, old.id)
kept_now, vectors_now = features_of(place.table)
again = fit(moments.of_rows(vectors_then), FitSettings())
print("lignes alors, maintenant :", len(kept_then), len(kept_now))
print(
    "le premier modèle, refait sur l'instantané d'alors :",
    bool(np.allclose(again.variances, centred.variances, rtol=1e-9)),
)
versions = spark.read.option("snapshot-id", two.pointer.reduced_snapshot_id).table(place.reduced)
print(
    "versions dans la matrice que nomme le pointeur :",
    [row[0] for row in versions.select("model_version").distinct().collect()] == [two.card.version],
)

# %% [markdown]
# Et les voisines, maintenant que les deux sortes de photos sont là : un fruit de magasin trouve-t-il le même fruit ?

# %%
show_neighbours("voisins-deux-lots", kept_now, vectors_now, count=4, seed=12)
order, _ = neighbours.nearest(vectors_now, range(len(kept_now)), 1)
same = kept_now["label"].to_numpy() == kept_now["label"].to_numpy()[order[:, 0]]
shop = kept_now["photo_id"].isin([photo.photo_id for photo in second]).to_numpy()
print(f"la plus proche porte la même étiquette : studio {same[~shop].mean():.0%}, magasin {same[shop].mean():.0%}")

# %% [markdown]
# Les photos de studio sont les images d'un film : chacune a sa presque jumelle, et leur pour cent ne prouve rien. Celui
# des photos de magasin est plus près de la vérité ; les mesures honnêtes, films et scènes tenus à part, sont dans
# [benchmarks/suggestions](../benchmarks/suggestions/RESULTS.md).
#
# ## Ce qu'il faut retenir
#
# - **Les clés voyagent, les octets non** ; le CNN est diffusé une fois par exécuteur, et trois expériences le prouvent.
# - **Un lot, un commit** : on peut relancer, interrompre, doubler ; il y a une ligne par photo.
# - **ACP centrée, exacte, incrémentale**, qui nomme l'instantané dont elle vient. Celle de Spark est juste tant qu'il y a
#   plus de lignes que de colonnes, et se trompe parfois en silence sinon.
# - Sur un si petit jeu (moins de photos que de nombres par photo), les axes gardent surtout ces photos-là : les chiffres
#   qui comptent sont ceux de [benchmarks/pca](../benchmarks/pca/RESULTS.md).
