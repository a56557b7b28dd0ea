"""The transition rules of a recovery, a module per subject. `domain.recovery` looks them up by stage and event."""
