#ifndef COPSLINUX_H
#define COPSLINUX_H
#endif
