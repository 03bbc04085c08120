// OpsProbe
