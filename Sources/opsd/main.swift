// opsd
