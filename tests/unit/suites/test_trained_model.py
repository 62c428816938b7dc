"""The folder of a trained model: what MLflow's flavours read, and what a user gets back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from registry_monitor.suites import canary_model, cancer_models
from registry_monitor.suites.trained_model import TrainedModel, load, write_folder


@pytest.mark.parametrize("train", [canary_model.train, cancer_models.train_first, cancer_models.train_better])
def test_model__comes_back_from_its_folder_and_predicts_the_same(
    train: Callable[[], TrainedModel], tmp_path: Path
) -> None:
    """Training is reproducible: two trainings write the same bytes."""
    model = train()
    write_folder(model, tmp_path / "first")
    write_folder(train(), tmp_path / "second")
    assert (load(tmp_path / "first").predict(model.sample) == model.predictions).all()
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


def test_better_model__is_better_on_the_same_held_out_rows() -> None:
    """Otherwise the comparison of the two versions would show nothing."""
    first, better = cancer_models.train_first(), cancer_models.train_better()
    assert better.metrics["accuracy"] > first.metrics["accuracy"] >= 0.85
    assert (first.sample == better.sample).all()


def test_signature__is_in_mlflows_json_form_and_fits_the_example(tmp_path: Path) -> None:
    """MLflow reads inputs and outputs as JSON inside the YAML; any number of rows of 30 features."""
    model = cancer_models.train_first()
    write_folder(model, tmp_path, with_example=True)
    described = yaml.safe_load((tmp_path / "MLmodel").read_text())
    signature = described["signature"]
    assert json.loads(signature["inputs"]) == [
        {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 30]}}
    ]
    assert json.loads(signature["outputs"]) == [{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]
    example = json.loads((tmp_path / described["saved_input_example_info"]["artifact_path"]).read_text())
    assert example == model.sample[:2].tolist()
