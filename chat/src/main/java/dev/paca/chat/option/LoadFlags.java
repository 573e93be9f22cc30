package dev.paca.chat.option;

import dev.paca.model.Devices;
import dev.paca.model.ModelOptions;
import dev.paca.model.engine.EngineOptions;
import dev.paca.model.template.BuiltInTemplate;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the model is loaded and what it runs on. */
public final class LoadFlags {
    @Option(
            names = {"-c", "--ctx-size"},
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_CTX_SIZE:-0}",
            description = "tokens of the context, 0 for what the model can (default: 0)")
    private int context;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_THREADS:--1}",
            description = "threads that compute (default: one a processor)")
    private int threads;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_BATCH:-2048}",
            description = "tokens of a prompt that are taken on at a time (default: 2048)")
    private int batch;

    @Option(
            names = {"-ub", "--ubatch-size"},
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_UBATCH:-512}",
            description = "tokens that run through the model at a time (default: 512)")
    private int chunk;

    @Option(
            names = {"-dev", "--device"},
            paramLabel = "NAME",
            defaultValue = "${env:LLAMA_ARG_DEVICE:-" + Devices.CPU + "}",
            description =
                    "where it runs: cpu, auto for a GPU if one can, or a device that --list-devices names (default: cpu)")
    private String device = Devices.CPU;

    @Option(names = "--list-devices", description = "name the devices, and end")
    private boolean listDevices;

    @Option(
            names = "--chat-template",
            paramLabel = "NAME|JINJA",
            defaultValue = "${env:LLAMA_ARG_CHAT_TEMPLATE}",
            description =
                    "how the model wants conversations written: chatml, llama3, mistral, or Jinja (default: the model's own)")
    private @Nullable String template;

    @Option(
            names = "--chat-template-file",
            paramLabel = "FILE",
            defaultValue = "${env:LLAMA_ARG_CHAT_TEMPLATE_FILE}",
            description = "the same, from a file")
    private @Nullable Path templateFile;

    @Option(names = "--jinja", hidden = true, description = "templates are Jinja; nothing else is known")
    private boolean jinja;

    /** Whether only the devices' names are wanted. */
    public boolean listsDevices() {
        return listDevices;
    }

    /**
     * @param cache how the KV cache is kept
     * @throws dev.paca.kv.PacaException if a value is out of its range, or flags contradict each other
     */
    public ModelOptions options(KvFlags cache) {
        if (batch < 1 || chunk < 1) {
            throw new UsageException("--batch-size is " + batch + " and --ubatch-size " + chunk + ": give at least 1.");
        }
        if (context < 0) {
            throw new UsageException(
                    "--ctx-size is " + context + ": give a number of tokens, or 0 for what the model can.");
        }
        return ModelOptions.DEFAULT
                .withContextLength(context)
                // Zero and less mean the default there.
                .withThreads(Math.max(0, threads))
                .withKvBytes(cache.bytes())
                .withPolicy(cache.policy())
                .withDevice(device)
                .withChatTemplate(chatTemplate())
                .withEngine(EngineOptions.DEFAULT.withChunk(Math.min(batch, chunk)));
    }

    private @Nullable String chatTemplate() {
        if (templateFile != null && template != null) {
            throw new UsageException("--chat-template and --chat-template-file both give the template: leave one out.");
        }
        if (template != null && !template.contains("{{") && !template.contains("{%")) {
            return BuiltInTemplate.find(template)
                    .map(known -> known.template().source())
                    .orElseThrow(() -> new UsageException("--chat-template is '" + template
                            + "', which is neither Jinja nor one of the built-in templates ("
                            + Arrays.stream(BuiltInTemplate.values())
                                    .map(BuiltInTemplate::label)
                                    .collect(Collectors.joining(", "))
                            + "): give a template's text, or --chat-template-file."));
        }
        return templateFile != null ? TextFile.read(templateFile) : template;
    }
}
