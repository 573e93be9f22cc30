package dev.paca.bench.report;

/**
 * Where results come from.
 *
 * @param command what came after {@code bench.jar}
 * @param machine processor and cores
 * @param jvm the JVM's version
 * @param commit the commit that was measured
 */
record Source(String command, String machine, String jvm, String commit) {}
