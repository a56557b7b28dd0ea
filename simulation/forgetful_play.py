"""Simulates a shop that rejects a late YES."""

from simulation.recovery_play import RecoveryPlay
from simulation.row_ids import OFFER_IDS


class ForgetfulPlay(RecoveryPlay):
    """Like `RecoveryPlay`, but a YES after the window is rejected as "taken" and not stored."""

    def yes(self, number: int) -> None:
        offer = self.current.offer
        in_time = (
            offer is not None and offer.id == OFFER_IDS[number] and offer.live and not offer.over(self.clock.now)
        )
        if in_time:
            super().yes(number)
        else:
            self.said_yes.add(number)
