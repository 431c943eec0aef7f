"""One module per question: frames in, frames out."""
