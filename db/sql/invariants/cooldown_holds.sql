-- Compares offers by customer, because a number can change owners. Shops without a cooldown are exempt. An offer
-- whose text failed is ignored, unless a late YES revived the offer.
SELECT later.id::text AS subject,
       'asked at ' || later.created_at || ', in cooldown until ' || earlier.cooldown_until AS detail
  FROM slot_offers later
  JOIN slot_offers earlier ON earlier.customer_id = later.customer_id AND earlier.shop_id = later.shop_id
                          AND earlier.created_at < later.created_at
  JOIN shops ON shops.id = later.shop_id AND shops.cooldown_hours > 0
 WHERE later.created_at < earlier.cooldown_until AND earlier.status <> 'failed' AND later.status <> 'failed'
   AND later.created_at > (SELECT clock_timestamp()) - interval '30 days'
   AND NOT (coalesce(later.created_at < earlier.accepted_at, false) AND EXISTS (
         SELECT 1 FROM messages m
          WHERE m.slot_offer_id = earlier.id AND m.purpose = 'offer'
            AND m.status IN ('failed', 'undelivered', 'unknown')))
