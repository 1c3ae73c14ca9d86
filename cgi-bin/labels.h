#ifndef CGI_BIN_LABELS_H
#define CGI_BIN_LABELS_H
#include "lib/core/metric.h"

/* Of the tables' rows, for every program of a host alike; the operations end with "none" for requests that match no row. */
extern const struct metric_labels all_labels;

#endif
