"""The words that phones put around the quoted text of a reaction ("tapback").

`*` stands for any emoji. Apple's phones write Liked “...”, Removed a like from “...” or Reacted 👍 to “...”. Google's
phones write 👍 to “...” or Removed 👍 from “...”, with hair spaces (U+200A) and zero width spaces (U+200B) between
the words.
"""

BEFORE_QUOTE: dict[str, str] = {
    "en": (
        "liked, loved, disliked, laughed at, emphasized, emphasised, questioned, reacted * to, reacted with * to, "
        "gave a thumbs up to, gave a thumbs down to, reacted with a thumbs up to, reacted with a heart to, reacted "
        "to, * to, removed * from, removed a like from, removed a dislike from, removed a heart from, removed a "
        "laugh from, removed an exclamation from, removed an exclamation mark from, removed a question mark from, "
        "removed an emphasis from, removed a reaction from, removed a sticker from"
    ),
    "es": (
        "le gusta, le gusto, ha indicado que le gusta, me gusta, no le gusta, no le gusto, le encanta, le encanto, "
        "se rio de, se rio con, se ha reido de, se ha reido con, enfatizo, ha enfatizado, exclamo por, pregunto "
        "por, cuestiono, reacciono con * a, ha reaccionado con * a, reacciono * a, * a, quito * de, ha quitado * "
        "de, elimino * de, ha eliminado * de, quito un me gusta de, quito un corazon de"
    ),
    "fr": (
        "a aime, aime, a adore, adore, na pas aime, naime pas, a ri a, a ri de, a mis en evidence, a souligne, a "
        "insiste sur, a pose une question sur, sinterroge sur, a reagi avec * a, a reagi par * a, a reagi a, * a, "
        "a supprime * de, a retire * de, a supprime un jaime de, a retire un jaime de, a retire un coeur de"
    ),
    "de": (
        "gefallt, gefallt mir, gefallt nicht, gefallt mir nicht, mag, liebt, lacht uber, lachte uber, betont, "
        "betonte, hinterfragt, fragt nach, stellt infrage, reagierte mit * auf, hat mit * auf, hat mit * reagiert "
        "auf, * auf, * zu, hat, hat * von, hat * aus, entfernte * von, * von"
    ),
}
AFTER_QUOTE: dict[str, str] = {
    "de": (
        "reagiert, hat reagiert, markiert, entfernt, hat entfernt, mit gefallt mir markiert, mit * reagiert, mit "
        "gefallt mir nicht markiert, geliebt, betont, hinterfragt, gelacht"
    ),
}
"""Words after the quoted text that belong to the reaction. The customer wrote any other words."""

WITHOUT_QUOTE: dict[str, str] = {
    "en": (
        "liked, loved, disliked, laughed at, emphasized, emphasised, questioned, reacted * to, * to, removed * from"
    ),
    "es": "le gusta, le gusto, le encanta, le encanto, reacciono con * a",
    "fr": "a aime, a adore, a ri a, a reagi avec * a",
    "de": "gefallt, liebt, lacht uber, reagierte mit * auf",
}
"""The words of a reaction to an attachment, which names the attachment instead of quoting a text."""

ATTACHMENTS = (
    "an image, a photo, a picture, a movie, a video, an attachment, a sticker, an audio message, a voice message, "
    "a contact, a link, a message, una imagen, una foto, un video, un mensaje, un mensaje de audio, une image, "
    "une photo, une video, un message, un message audio, ein bild, ein foto, ein video, eine nachricht, "
    "eine audionachricht"
)
