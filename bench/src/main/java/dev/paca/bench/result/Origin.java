package dev.paca.bench.result;

import dev.paca.model.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a result comes from: what anybody needs to measure it again.
 *
 * @param command the command line after {@code bench.jar}
 * @param machine the processor and its cores
 * @param jvm the JVM's version
 * @param commit the commit of the working tree that the build lies in, with {@code +} where files had been changed, or
 *     {@code unknown}
 */
public record Origin(String command, String machine, String jvm, String commit) {
    /** Of a command that is being executed, here and now. */
    public static Origin of(CommandSpec spec) {
        String arguments =
                String.join(" ", spec.root().commandLine().getParseResult().originalArgs());
        Machine here = Machine.here();
        return new Origin(arguments, here.processor() + ", " + here.cores() + " cores", here.jvm(), Commit.here());
    }

    /** As the members that every result begins with, after its kind. */
    Map<String, Json> members() {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("command", Json.of(command));
        members.put("machine", Json.of(machine));
        members.put("jvm", Json.of(jvm));
        members.put("commit", Json.of(commit));
        return members;
    }
}
