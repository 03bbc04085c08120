// OpsStore
