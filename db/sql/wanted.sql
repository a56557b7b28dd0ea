-- Whether the wishes of a customer with the facts `f` allow an offer. In the mode `only`, the customer must also have
-- a matching wish or an appointment that can be moved.
CASE CAST(:waitlist AS text) WHEN 'off' THEN true
                             WHEN 'only' THEN f.wanted IS NOT FALSE AND (f.place IS NOT NULL OR f.move IS NOT NULL)
                             ELSE f.wanted IS NOT FALSE END
