-- Whether there is a channel for an offer to a customer `c`, by the rule of domain.offer_channels. The first condition
-- belongs to an index. For a shop that uses SMS alone, db/candidates.py has a shorter one.
(c.sms_opt_in AND c.phone_e164 IS NOT NULL OR c.whatsapp_opt_in OR c.email_opt_in AND c.email_consent_at IS NOT NULL)
AND (c.sms_opt_in AND c.phone_e164 IS NOT NULL
     OR :by_whatsapp AND c.whatsapp_opt_in AND c.phone_e164 IS NOT NULL
     OR :by_email AND c.email_opt_in AND c.email_consent_at IS NOT NULL AND c.email LIKE '%_@_%')
