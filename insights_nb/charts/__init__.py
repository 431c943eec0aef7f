"""One module per question and one theme: frames in, charts out."""
