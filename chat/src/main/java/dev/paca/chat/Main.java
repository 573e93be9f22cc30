package dev.paca.chat;

import dev.paca.chat.command.ExitCode;
import dev.paca.chat.command.Program;
import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;

/** The program's main class, in a JVM that has what it needs. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Console.ofThisProcess(ColourMode.AUTO, System.getenv()).eraseJvmWarning();
        endWithLauncher();
        System.exit(new Program(colour -> Console.ofThisProcess(colour, System.getenv())).run(Arguments.exact(args)));
    }

    /** A launcher that was killed cannot pass that on; nobody would wait for us any more. */
    private static void endWithLauncher() {
        if (System.getenv("PACA_LAUNCHED") != null) {
            ProcessHandle.current()
                    .parent()
                    .ifPresent(launcher ->
                            launcher.onExit().thenRun(() -> Runtime.getRuntime().halt(ExitCode.FAILURE)));
        }
    }
}
