package dev.paca.chat.command;

import dev.paca.chat.option.GenerationFlags;
import dev.paca.chat.option.KvFlags;
import dev.paca.chat.option.LoadFlags;
import dev.paca.chat.option.ModelFlags;
import dev.paca.chat.option.PromptFlags;
import dev.paca.chat.option.SamplingFlags;
import dev.paca.chat.option.TextFile;
import dev.paca.chat.option.UsageException;
import dev.paca.chat.talk.OneShot;
import dev.paca.chat.talk.Repl;
import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import dev.paca.chat.terminal.Interrupts;
import dev.paca.chat.terminal.Units;
import dev.paca.model.Devices;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.engine.GenerationOptions;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Answers a question, or chats. */
@Command(
        name = "chat",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        customSynopsis = {
            "java -jar paca.jar [flags] [MODEL]         chat, or answer what -p, -f or standard input asks",
            "java -jar paca.jar tokenize|logits|info|doctor [flags]      --help after one tells more"
        },
        description = {
            "%nRuns Llama-style models in GGUF files; without one, the small model that comes along.%n",
            "  java -jar paca.jar                                     chat with the built-in model",
            "  java -jar paca.jar -m model.gguf -p \"Why is it so?\"    one answer",
            "  java -jar paca.jar -f book.txt -p \"Who did it?\"        a question about a text",
            "  git log | java -jar paca.jar -f - -p \"What is new?\"    the text from a pipe",
            "  java -jar paca.jar --show-command                      the Java command behind it"
        })
public final class Chat extends PacaCommand {
    @Mixin(name = "Model")
    private ModelFlags model = new ModelFlags();

    @Mixin(name = "Prompt")
    private PromptFlags prompt = new PromptFlags();

    @Mixin(name = "Answer")
    private GenerationFlags generation = new GenerationFlags();

    @Mixin(name = "Sampling")
    private SamplingFlags sampling = new SamplingFlags();

    @Mixin(name = "KV cache")
    private KvFlags cache = new KvFlags();

    @Mixin(name = "Machine")
    private LoadFlags load = new LoadFlags();

    Chat(Function<ColourMode, Console> consoles) {
        super(consoles);
    }

    @Override
    int run(Console console) {
        if (load.listsDevices()) {
            Devices.list().forEach((name, what) -> console.answer(name + "  " + what + "\n"));
            Devices.problems().forEach(console::aside);
            return ExitCode.OK;
        }
        prompt.check();
        GenerationOptions options = generation.options(sampling);
        ModelOptions machine = load.options(cache);
        String name = model.path() == null ? "the built-in model" : String.valueOf(model.path());
        String system = prompt.system();
        String document = prompt.document();
        String question = prompt.question();
        boolean talks = prompt.interactive(console.tty().in());
        if (!talks && question == null) {
            question = document == null ? TextFile.standardInput() : document;
            document = null;
            if (question.isBlank()) {
                throw new UsageException(
                        "Nothing is asked, the input is empty: ask with -p, or start without input to chat.");
            }
        }
        Interrupts interrupts =
                new Interrupts(System::nanoTime, () -> Runtime.getRuntime().halt(ExitCode.INTERRUPTED));
        try (Model loaded = console.waiting("loading " + name, () -> model.load(machine))) {
            loaded.notes().forEach(console::aside);
            if (talks) {
                banner(console, loaded);
                Repl repl = new Repl(console, interrupts, failure -> Failures.tell(failure, console, verbose()));
                Repl.Opening opening = new Repl.Opening(system, document, question, prompt.singleTurn());
                return repl.run(loaded, opening, options, generation.timings()) ? ExitCode.INTERRUPTED : ExitCode.OK;
            }
            if (verbose()) {
                banner(console, loaded);
            }
            OneShot shot = new OneShot(console, interrupts.install(), loaded, options, generation.timings());
            boolean stopped = prompt.plain()
                    ? shot.complete(joined(document, question))
                    : shot.ask(system, joined(document, question));
            return stopped ? ExitCode.INTERRUPTED : ExitCode.OK;
        }
    }

    private static String joined(@Nullable String document, @Nullable String question) {
        String asked = question == null ? "" : question;
        return document == null ? asked : document + "\n\n" + asked;
    }

    private void banner(Console console, Model loaded) {
        console.say("Paca " + Version.text() + " | " + loaded.name() + ", "
                + Units.bytes(loaded.gguf().bytes()) + " | context " + loaded.contextLength());
        console.aside(loaded.description());
        if (console.tty().in()) {
            console.aside("/help lists commands, Ctrl-C stops an answer, Ctrl-D ends.");
        }
    }
}
