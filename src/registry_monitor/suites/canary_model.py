"""The small model that is really trained and registered, and the folder that MLflow's own flavours can load.

Written by hand because ``mlflow.sklearn`` needs pandas, which has no place in the Lambda artifact; the folder's
layout is that of MLflow 3 (MLmodel, pickled model, requirements, python_env).
"""

import pickle
import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
import yaml
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split

_SAMPLES, _FEATURES, _SEED = 200, 8, 7


@dataclass(frozen=True)
class CanaryModel:
    """A trained classifier, what it was trained with, how good it is, and 20 rows with their right answers."""

    classifier: RandomForestClassifier
    params: dict[str, str]
    metrics: dict[str, float]
    sample: NDArray[np.float64]  # shape (20, 8)
    predictions: NDArray[np.int64]  # shape (20,)


def train() -> CanaryModel:
    """Train on synthetic data, reproducibly, in about 20 ms."""
    features, labels = make_classification(
        n_samples=_SAMPLES, n_features=_FEATURES, n_informative=5, class_sep=1.5, random_state=_SEED
    )
    seen, held_out, seen_labels, held_out_labels = train_test_split(features, labels, random_state=_SEED)
    settings = {"n_estimators": 10, "max_depth": 4, "random_state": _SEED}
    classifier = RandomForestClassifier(**settings).fit(seen, seen_labels)
    predicted = classifier.predict(held_out)
    return CanaryModel(
        classifier=classifier,
        params={name: str(value) for name, value in settings.items()} | {"n_samples": str(_SAMPLES)},
        metrics={
            "accuracy": float(accuracy_score(held_out_labels, predicted)),
            "f1": float(f1_score(held_out_labels, predicted)),
        },
        sample=held_out[:20],
        predictions=predicted[:20],
    )


def write_folder(model: CanaryModel, folder: Path) -> None:
    """Write the model as a folder that the sklearn and python_function flavours load."""
    folder.mkdir(parents=True, exist_ok=True)
    python = platform.python_version()
    requirements = [f"scikit-learn=={sklearn.__version__}", f"numpy=={np.__version__}", "cloudpickle"]
    described = {
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
        }
    }
    python_env = {"python": python, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]}
    (folder / "MLmodel").write_text(yaml.safe_dump(described))
    (folder / "model.pkl").write_bytes(pickle.dumps(model.classifier))
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n")
    (folder / "python_env.yaml").write_text(yaml.safe_dump(python_env))


def load(folder: Path) -> RandomForestClassifier:
    """Load the classifier of a folder. Only for files that are byte for byte those of ``write_folder``."""
    classifier: RandomForestClassifier = pickle.loads((folder / "model.pkl").read_bytes())  # noqa: S301 - our bytes
    return classifier
