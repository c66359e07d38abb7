"""MobileNetV2 of Keras Applications: the network of the original brief, with the weights that Keras publishes."""

from typing import TYPE_CHECKING

from contracts.errors import GiveUp

if TYPE_CHECKING:
    import keras


def build(input_size: int) -> "keras.Model":
    """Return the network with random weights: float32 (n, size, size, 3) of 0..255 to (n, 1280)."""
    from keras import Input, Model, layers
    from keras.applications import MobileNetV2

    photo = Input((input_size, input_size, 3), name="photo")
    # MobileNetV2 was trained on -1..1: x/127.5 - 1, as in keras.applications.mobilenet_v2.preprocess_input.
    scaled = layers.Rescaling(1 / 127.5, -1.0, name="normalise")(photo)
    network = MobileNetV2(input_tensor=scaled, include_top=False, weights=None)
    # The pooling layer gets a fixed name: Keras numbers its own names, so equal networks would differ in their bytes.
    features = layers.GlobalAveragePooling2D(name="features")(network.output)
    return Model(photo, features, name="mobilenet_v2")


def load_downloaded(model: "keras.Model", input_size: int) -> None:
    """Fill the network with Keras' own weights.

    Raises:
        GiveUp: they cannot be downloaded.
    """
    from keras.applications import MobileNetV2

    try:
        published = MobileNetV2(
            input_shape=(input_size, input_size, 3), include_top=False, weights="imagenet", pooling="avg"
        )
    except Exception as error:  # Keras wraps whatever its downloader raises
        raise GiveUp(
            "cannot download Keras' own weights for mobilenet_v2: no internet here. Pass --weights with a file "
            "or s3:// URI, and --weights-sha256"
        ) from error
    model.set_weights(published.get_weights())
