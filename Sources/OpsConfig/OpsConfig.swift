// OpsConfig
