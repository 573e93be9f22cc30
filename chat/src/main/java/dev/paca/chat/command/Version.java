package dev.paca.chat.command;

import picocli.CommandLine.IVersionProvider;

/** The program's version, which the jar's manifest knows. */
final class Version implements IVersionProvider {
    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"Paca " + text() + ", Java " + Runtime.version()};
    }
}
