"""Forms for residents: labels and messages are for a neighbour; no database."""

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from pb.notices import outbox
from pb.web.forms import Form

EMAIL = Regexp(
    rf"^{outbox.ADDRESS.pattern}$", message="Enter an e-mail address, such as ana@example.org."
)


class SignInForm(Form):
    email = EmailField(
        "E-mail address", validators=[InputRequired("Enter your e-mail address."), EMAIL]
    )
    password = PasswordField("Password", validators=[InputRequired("Enter your password.")])


class RegisterForm(Form):
    name = StringField(
        "Your name",
        description="It is shown beside your proposals. You may use only your first name.",
        validators=[
            DataRequired("Enter a name."),
            Length(max=60, message="Use at most 60 characters."),
        ],
    )
    email = EmailField(
        "E-mail address",
        description="To sign in, and to tell you what became of your proposals. It is never shown.",
        validators=[InputRequired("Enter your e-mail address."), EMAIL],
    )
    password = PasswordField(
        "Choose a password",
        description="At least 12 characters. Three or four words are easy to remember.",
        validators=[InputRequired("Choose a password.")],
    )
