/* Between policy.c and order.c: the rules of the settings that order devices. */
#ifndef MODEL_ORDER_H
#define MODEL_ORDER_H

#include "model/policy.h"

/* order_rank - the index of the first rule that a device meets; the number of rules: none */
size_t order_rank(const struct settings *settings, const struct identity *id);

/* order_class - the kind of devices that it is of: DEVICE_DISK, DEVICE_USB or DEVICE_OPTICAL */
enum device_key order_class(const struct identity *id);

/* order_is_class - does a rule mean a kind of devices, rather than a certain one? */
bool order_is_class(const struct device_rule *rule);

/* order_needs_reading - does it take a look at the disk to know whether it meets a rule? */
bool order_needs_reading(const struct device_rule *rule);

#endif
