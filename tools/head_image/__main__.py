"""`make head-image`: writes headjob/releases.tsv and headjob/plugins.tsv, what the image of head jobs brings."""

from tools.head_image.contents import HEADJOB, contents

if __name__ == "__main__":
    for name, text in contents().items():
        (HEADJOB / name).write_text(text, encoding="utf-8")
