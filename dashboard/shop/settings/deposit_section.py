"""The settings section for the currency, the deposit and the time to pay the deposit."""

from dashboard.shop.settings.form_fields import AmountField, ChoiceField, NumberField, Options
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection
from domain.charging import currency_names


def _currencies() -> dict[str, Options]:
    return {"": {code: f"{name} ({code})" for code, name in currency_names().items()}}


SECTION = SettingsSection(
    slug="deposits",
    name="Deposits and payment",
    group=Group.RECOVERY,
    lead="Set the currency, the deposit for a recovered slot, and the time to pay it.",
    form=SettingsForm(
        fields=(
            ChoiceField(
                name="currency",
                label="Currency",
                groups=_currencies,
                fold=str.upper,
                refusal="Choose a currency from the list.",
                hint="Applies to new bookings only.",
            ),
            AmountField(
                name="deposit",
                column="deposit_cents",
                label="Deposit",
                hint="Used if the cancelled appointment had no deposit. Enter 0 for no deposit. Offers that were "
                "already sent keep their deposit.",
            ),
            NumberField(
                name="payment_window_minutes",
                label="Time to pay the deposit (minutes)",
                least=1,
                most=1440,
                hint="We hold the slot for this long after a YES.",
            ),
            NumberField(
                name="payment_attempts",
                label="Card attempts",
                least=1,
                most=10,
                hint="After this many declined cards, we ask the next customer.",
            ),
        ),
    ),
)
