#include "COpsLinux.h"
