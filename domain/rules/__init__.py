"""The rules of a recovery, by what they are about. `domain.recovery` looks them up."""
