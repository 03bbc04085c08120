// OpsDaemon
