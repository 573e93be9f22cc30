package dev.paca.bench.report;

/**
 * Where results come from.
 *
 * @param command what came after {@code bench.jar}, or another program's whole command line
 * @param machine processor and cores
 * @param jvm the JVM's version
 * @param commit the commit that was measured
 */
record Source(String command, String machine, String jvm, String commit) {
    private static final String PLAIN = "java --add-modules=jdk.incubator.vector";
    private static final String SDK = "java @$TORNADOVM_HOME/tornado-argfile"
            + " --module-path $TORNADOVM_HOME/share/java/tornado --add-modules=jdk.incubator.vector"
            + " -XX:MaxDirectMemorySize=1048576g";

    /** As it is typed. */
    String line() {
        if (command.startsWith("python3 ")) {
            return command;
        }
        boolean device = command.contains("ptx:") || command.contains("opencl:");
        return (device ? SDK : PLAIN) + " -jar bench.jar " + command;
    }
}
