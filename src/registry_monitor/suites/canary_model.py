"""The small model that is really trained and registered by each full run: synthetic data, about 20 ms."""

from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from registry_monitor.suites.trained_model import Split, TrainedModel, fit

_SAMPLES, _FEATURES, _SEED = 200, 8, 7


def train() -> TrainedModel:
    """Train reproducibly."""
    features, labels = make_classification(
        n_samples=_SAMPLES, n_features=_FEATURES, n_informative=5, class_sep=1.5, random_state=_SEED
    )
    seen, held_out, seen_labels, held_out_labels = train_test_split(features, labels, random_state=_SEED)
    settings = {"n_estimators": 10, "max_depth": 4, "random_state": _SEED}
    data = Split(seen, seen_labels, held_out, held_out_labels)
    return fit(RandomForestClassifier(**settings), settings, data)
