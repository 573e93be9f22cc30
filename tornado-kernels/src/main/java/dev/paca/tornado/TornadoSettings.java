package dev.paca.tornado;

import java.util.Map;

/** TornadoVM's settings that this decoder depends on; TornadoVM reads them when its first class is loaded. */
final class TornadoSettings {
    private static final Map<String, String> SETTINGS = Map.of(
            // a kernel that cannot be compiled is an error, never silently run as sequential Java with wrong results
            "tornado.recover.bailout", "false",
            // room of each dependency list, all of which are filled at every execution
            "tornado.max.events", "256",
            // a whole step is one graph; the default holds some fifty tasks
            "tornado.tvm.maxbytecodesize", "4194304",
            "tornado.eventpool.maxwaitevents", "32000",
            // more than capturing every graph of a deep model takes
            "tornado.eventpool.size", "16384",
            // its own limit; what fits is computed before anything is allocated
            "tornado.device.memory", "4096GB",
            "tornado.profiler", "false");

    private TornadoSettings() {}

    /** Sets what the user has not set. Must come before the first use of TornadoVM. */
    static void apply() {
        SETTINGS.forEach((key, value) -> {
            if (System.getProperty(key) == null) {
                System.setProperty(key, value);
            }
        });
    }
}
