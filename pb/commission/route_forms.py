"""The form of how people get to their ballot."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import NumberRange, Optional

from pb.rounds.models import Round
from pb.rounds.routes import ABOUT, LONGEST_PLACE, MOST_PER_NET, OLDEST, Route
from pb.web.forms import Form

USUAL_PER_NET = 20


def _switch(route: Route) -> BooleanField:
    about = ABOUT[route]
    return BooleanField(about.name, description=f"{about.strength.capitalize()}. {about.why}")


class RoutesForm(Form):
    letter_code = _switch(Route.LETTER_CODE)
    official = _switch(Route.OFFICIAL)
    email_link = _switch(Route.EMAIL_LINK)
    desk = _switch(Route.DESK)
    where = TextAreaField(
        "Where is the desk, and when is it open?",
        description="Such as: Town Hall, ground floor, Monday to Friday from 9 to 17. "
        f"At most {LONGEST_PLACE} characters.",
    )
    self_declaration = _switch(Route.SELF_DECLARATION)
    least_age = IntegerField(
        "How old must people be on the day when voting opens?",
        description="Only for declarations. Leave it empty to ask for no day of birth.",
        validators=[Optional(), NumberRange(1, OLDEST, f"Enter an age from 1 to {OLDEST}.")],
    )
    per_net = IntegerField(
        "How many declarations a day from one network?",
        description="A family or a school often shares one. Fewer makes cheating slower.",
        default=USUAL_PER_NET,
        validators=[
            Optional(),
            NumberRange(1, MOST_PER_NET, f"Enter a number from 1 to {MOST_PER_NET:,}."),
        ],
    )

    def chosen(self) -> dict[Route, dict[str, Any]]:
        """The routes that are ticked, with their options."""
        options: Mapping[Route, dict[str, Any]] = {
            Route.DESK: {"where": self.where.data or ""},
            Route.SELF_DECLARATION: {
                "least_age": self.least_age.data,
                "per_net": self.per_net.data or USUAL_PER_NET,
            },
        }
        ticked = {
            Route.LETTER_CODE: self.letter_code.data,
            Route.EMAIL_LINK: self.email_link.data,
            Route.DESK: self.desk.data,
            Route.OFFICIAL: self.official.data,
            Route.SELF_DECLARATION: self.self_declaration.data,
        }
        return {route: options.get(route, {}) for route, on in ticked.items() if on}


def chosen(round: Round) -> dict[str, Any]:
    """What the form shows of a round."""
    names = {Route.OFFICIAL: "official"}
    found: dict[str, Any] = {}
    for route in Route:
        found[names.get(route, route.replace("-", "_"))] = route in round.routes
        found |= round.routes.get(route, {})
    return found
