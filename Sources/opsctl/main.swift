// opsctl
