// OpsControl
