"""Train a small convolutional network on the MNIST digits, and write how well it did."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def main() -> None:
    """Read mnist.npz from the working directory; write the model, and the accuracy as JSON."""
    import numpy as np
    import tensorflow as tf

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="the learning rate")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    print("GPUs:", tf.config.list_physical_devices("GPU"))

    with np.load("mnist.npz") as data:
        images, labels = data["x_train"][..., None] / 255.0, data["y_train"]
        test_images, test_labels = data["x_test"][..., None] / 255.0, data["y_test"]
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input((28, 28, 1)),
            tf.keras.layers.Conv2D(32, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(tf.keras.optimizers.SGD(options.rate), "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(images, labels, batch_size=128, epochs=options.epochs, verbose=2)
    _, accuracy = model.evaluate(test_images, test_labels, verbose=0)
    model.save("model.keras")
    options.out.write_text(json.dumps({"rate": options.rate, "accuracy": float(accuracy)}))


if __name__ == "__main__":
    main()
