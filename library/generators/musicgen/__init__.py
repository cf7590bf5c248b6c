"""Makes takes with Meta's MusicGen: audiocraft's loader, conditioners and EnCodec around a decode loop of our own."""
