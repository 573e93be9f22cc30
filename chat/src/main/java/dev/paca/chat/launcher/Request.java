package dev.paca.chat.launcher;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the program's arguments say about where it computes, as far as the JVM's options depend on it. */
final class Request {
    /** How much the program needs other devices than the CPU. */
    enum Need {
        /** Not at all. */
        CPU,
        /** It takes or names what there is. */
        MAYBE,
        /** It was asked for one. */
        DEVICE
    }

    /** What stands for the flag where it is not given, as in llama.cpp. */
    static final String VARIABLE = "LLAMA_ARG_DEVICE";

    private final Need need;
    private final String device;

    private Request(Need need, String device) {
        this.need = need;
        this.device = device;
    }

    static Request of(List<String> arguments, Map<String, String> environment) {
        String first = arguments.isEmpty() ? "" : arguments.get(0);
        String device = environment.get(VARIABLE);
        boolean lists = first.equals("doctor");
        boolean ends = false;
        for (int i = 0; i < arguments.size() && !ends; i++) {
            String word = arguments.get(i);
            ends = word.equals("--");
            lists |= word.equals("--list-devices");
            device = value(arguments, i, device);
        }
        if (device == null || device.isEmpty() || device.equals("cpu")) {
            return new Request(lists ? Need.MAYBE : Need.CPU, "cpu");
        }
        return new Request(lists || device.equals("auto") ? Need.MAYBE : Need.DEVICE, device);
    }

    private static @Nullable String value(List<String> arguments, int i, @Nullable String before) {
        String word = arguments.get(i);
        if (word.equals("--device") || word.equals("-dev")) {
            return i + 1 < arguments.size() ? arguments.get(i + 1) : before;
        }
        for (String name : new String[] {"--device=", "-dev="}) {
            if (word.startsWith(name)) {
                return word.substring(name.length());
            }
        }
        return before;
    }

    Need need() {
        return need;
    }

    /** As it was asked for. */
    String device() {
        return device;
    }
}
