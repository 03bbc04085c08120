// OpsProtocol
