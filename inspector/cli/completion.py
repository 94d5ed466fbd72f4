"""`inspector completion SHELL`: the completion script."""

import click
from click.shell_completion import get_completion_class

from inspector.cli.run import write_stdout


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """The completion script for SHELL; its help says how to install it.

    \b
    Examples:
      inspector completion bash > ~/.local/share/bash-completion/completions/inspector
      inspector completion zsh > "${fpath[1]}/_inspector"
      inspector completion fish > ~/.config/fish/completions/inspector.fish
    """
    from inspector.cli.main import group

    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"{shell} is not a shell that can be completed.")
    write_stdout(completion(group, {}, "inspector", "_INSPECTOR_COMPLETE").source())
    return 0
