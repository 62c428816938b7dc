"""The protection of MLflow's sign-up form. The form is closed: nothing is less protected than with the real one."""

from typing import Any


class CSRFProtect:
    """Lets an application start, and refuses each form."""

    def init_app(self, app: Any) -> None:
        """Give the form's page its token, which is none."""
        app.jinja_env.globals["csrf_token"] = lambda: ""

    def protect(self) -> None:
        """Refuse a form. Raises BadRequest."""
        from werkzeug.exceptions import BadRequest  # noqa: PLC0415 - in the environment of MLflow's server alone

        raise BadRequest("The sandbox takes no forms.")
