"""A trained classifier, and the folder that MLflow's own flavours can load.

Written by hand because ``mlflow.sklearn`` needs pandas, which has no place in the Lambda artifact; the folder's
layout is that of MLflow 3 (MLmodel with a signature, pickled model, requirements, python_env).
"""

import json
import pickle
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import yaml
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score, f1_score

_SAMPLE_ROWS = 20
_EXAMPLE_ROWS = 2
_EXAMPLE = "input_example.json"


@dataclass(frozen=True)
class Split:
    """A data set, a part of it held out."""

    seen: NDArray[np.float64]
    seen_labels: NDArray[np.int64]
    held_out: NDArray[np.float64]
    held_out_labels: NDArray[np.int64]


@dataclass(frozen=True)
class TrainedModel:
    """A classifier, what it was trained with, how good it is, and held-out rows with what it predicts for them."""

    classifier: ClassifierMixin
    params: dict[str, str]
    metrics: dict[str, float]
    sample: NDArray[np.float64]  # rows × features
    predictions: NDArray[np.int64]  # one a row


def fit(classifier: ClassifierMixin, settings: dict[str, Any], data: Split) -> TrainedModel:
    """Train on one part of the data, and evaluate on the part that was held out."""
    classifier.fit(data.seen, data.seen_labels)
    predicted = classifier.predict(data.held_out)
    return TrainedModel(
        classifier=classifier,
        params={name: str(value) for name, value in settings.items()} | {"n_samples": str(len(data.seen))},
        metrics={
            "accuracy": float(accuracy_score(data.held_out_labels, predicted)),
            "f1": float(f1_score(data.held_out_labels, predicted)),
        },
        sample=data.held_out[:_SAMPLE_ROWS],
        predictions=predicted[:_SAMPLE_ROWS],
    )


def write_folder(model: TrainedModel, folder: Path, *, with_example: bool = False) -> None:
    """Write the model as a folder that the sklearn and python_function flavours load, perhaps with example rows."""
    folder.mkdir(parents=True, exist_ok=True)
    python = platform.python_version()
    requirements = [f"scikit-learn=={sklearn.__version__}", f"numpy=={np.__version__}", "cloudpickle"]
    described: dict[str, Any] = {
        "flavors": {
            "python_function": {
                "loader_module": "mlflow.sklearn",
                "model_path": "model.pkl",
                "predict_fn": "predict",
                "python_version": python,
                "env": {"virtualenv": "python_env.yaml"},
            },
            "sklearn": {
                "code": None,
                "pickled_model": "model.pkl",
                "serialization_format": "pickle",
                "sklearn_version": sklearn.__version__,
            },
        },
        "signature": {
            "inputs": _tensor_spec(model.sample),
            "outputs": _tensor_spec(model.predictions),
            "params": None,
        },
    }
    if with_example:
        described["saved_input_example_info"] = {"artifact_path": _EXAMPLE, "type": "ndarray"}
        (folder / _EXAMPLE).write_text(json.dumps(model.sample[:_EXAMPLE_ROWS].tolist()))
    python_env = {"python": python, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]}
    (folder / "MLmodel").write_text(yaml.safe_dump(described))
    (folder / "model.pkl").write_bytes(pickle.dumps(model.classifier))
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n")
    (folder / "python_env.yaml").write_text(yaml.safe_dump(python_env))


def load(folder: Path) -> ClassifierMixin:
    """Load the classifier of a folder. Only for files that are byte for byte those of ``write_folder``."""
    classifier: ClassifierMixin = pickle.loads((folder / "model.pkl").read_bytes())  # noqa: S301 - our bytes
    return classifier


def _tensor_spec(values: NDArray[Any]) -> str:
    """One side of a signature, in MLflow's JSON form: a tensor of any number of rows."""
    shape = [-1, *values.shape[1:]]
    return json.dumps([{"type": "tensor", "tensor-spec": {"dtype": str(values.dtype), "shape": shape}}])
