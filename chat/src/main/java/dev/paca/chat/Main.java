package dev.paca.chat;

import dev.paca.chat.command.Program;
import dev.paca.chat.terminal.Console;

/** The program's main class, in a JVM that has what it needs. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(new Program(colour -> Console.ofThisProcess(colour, System.getenv())).run(Arguments.exact(args)));
    }
}
