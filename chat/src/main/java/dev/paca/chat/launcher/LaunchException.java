package dev.paca.chat.launcher;

/** The program cannot be started; the message is for the user. */
final class LaunchException extends Exception {
    LaunchException(String message) {
        super(message);
    }
}
