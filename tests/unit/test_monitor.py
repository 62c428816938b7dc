"""What a run keeps of its target and of AWS: everything but keys."""

from registry_monitor.monitor import _without_keys
from registry_monitor.redaction import Redactor
from registry_monitor.run import WatchedTarget
from registry_monitor.target import Account, Contact, load_target, packaged_targets
from tests.torture.canaries import leaks

KEY = "hk_fake_admin_0123456789abcdef"


def test_key_in_the_target_file__is_not_kept() -> None:
    """Somebody writes it into a note; the reports go to many, and are kept for long."""
    target = load_target("hokusai-development").model_copy(update={"contacts": (Contact(about="keys", ask=KEY),)})
    kept = _without_keys(WatchedTarget.of(target), Redactor([KEY]))
    assert leaks({"the run": kept.model_dump_json()}, [KEY]) == ()
    assert kept.contacts[0].about == "keys"


def test_key_in_the_place_of_an_external_id__is_not_kept() -> None:
    """It is no secret, so nobody guards it: what stands there by mistake goes no further, and the run goes on."""
    account = Account(role_arn="arn:aws:iam::222222222222:role/reads", external_id=KEY)
    target = load_target("hokusai-development").model_copy(update={"account": account})
    kept = _without_keys(WatchedTarget.of(target), Redactor([KEY]))
    assert leaks({"the run": kept.model_dump_json()}, [KEY]) == ()
    assert kept.account is not None and kept.account.role_arn == account.role_arn


def test_target_without_keys__is_kept_as_it_is() -> None:
    """Nothing of a packaged target looks like a key."""
    for name in packaged_targets():
        watched = WatchedTarget.of(load_target(name))
        assert _without_keys(watched, Redactor([KEY])) == watched
