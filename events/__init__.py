"""Events: series, sittings, sign-ups, competitions and theme days. Comes with a later slice."""
