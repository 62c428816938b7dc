"""What a built artifact holds, with licences, as CycloneDX: ``python -m artifact.sbom FOLDER FILE``.

Read from the metadata that each package brings (``*.dist-info/METADATA``, Python packaging's core metadata).
"""

import sys
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from registry_monitor import __version__

_SCHEMA = SchemaVersion.V1_6
_CLASSIFIER = "License :: OSI Approved :: "
_OWN_LICENCE = [LicenseFactory().make_from_string("MIT")]
_LONGEST_NAME = 60  # characters: a longer "License" is its whole text


class SbomError(Exception):
    """A bill of materials that cannot be made: which folder, and why."""


def bill_of(artifact: Path) -> Bom:
    """All packages of an artifact. Raises SbomError where it holds none."""
    found = sorted(artifact.glob("*.dist-info/METADATA"))
    if not found:
        raise SbomError(f"{artifact} holds no package; expected a built artifact (make build)")
    bom = Bom(components=[_component(HeaderParser().parsestr(path.read_text(encoding="utf-8"))) for path in found])
    root = Component(
        name="registry-monitor", version=__version__, type=ComponentType.APPLICATION, licenses=_OWN_LICENCE
    )
    bom.metadata.component = root
    bom.register_dependency(root, bom.components)
    return bom


def without_licence(bom: Bom) -> tuple[str, ...]:
    """Names of the packages that tell no licence."""
    return tuple(sorted(each.name for each in bom.components if not each.licenses))


def text_of(bom: Bom) -> str:
    """The bill as JSON. Raises SbomError where it is not valid by CycloneDX's own schema."""
    text = make_outputter(bom, OutputFormat.JSON, _SCHEMA).output_as_string(indent=2)
    if error := JsonStrictValidator(_SCHEMA).validate_str(text):
        raise SbomError(f"the bill of materials is not valid by its schema: {error}")
    return text


def _component(metadata: Message) -> Component:
    name, version = metadata["Name"], metadata["Version"]
    return Component(
        name=name,
        version=version,
        bom_ref=f"{name}=={version}",
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=name.lower(), version=version),
        licenses=_licences(metadata),
    )


def _licences(metadata: Message) -> list[License]:
    """Its licence by the expression, else by its classifiers, else by the old free text where that is a name."""
    text = (metadata["License"] or "").strip()
    classifiers = [each for each in metadata.get_all("Classifier", ()) if each.startswith(_CLASSIFIER)]
    if expression := metadata["License-Expression"]:
        return [LicenseFactory().make_from_string(expression)]
    if classifiers:
        return [DisjunctiveLicense(name=each.removeprefix(_CLASSIFIER)) for each in classifiers]
    return [LicenseFactory().make_from_string(text)] if text and len(text) <= _LONGEST_NAME else []


def main(artifact: str, file: str) -> int:
    """Write the bill, and say of which packages no licence is told."""
    try:
        bom = bill_of(Path(artifact))
        text = text_of(bom)
    except SbomError as error:
        print(error, file=sys.stderr)
        return 1
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text, encoding="utf-8")
    silent = without_licence(bom)
    told = f"; no licence is told by {', '.join(silent)}" if silent else ", each with its licence"
    print(f"{file}: {len(bom.components)} packages{told}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
