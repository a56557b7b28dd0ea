"""One thin task per verb. What they do stands in the modules beside this folder."""
