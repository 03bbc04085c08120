// OpsLinux
