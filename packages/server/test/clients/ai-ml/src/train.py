import os
import sys

print("training with", sys.argv[1:], flush=True)
os.makedirs("outputs", exist_ok=True)
with open("outputs/model.txt", "w") as file:
    file.write("weights of " + open(sys.argv[1]).read())
os.makedirs(sys.argv[2], exist_ok=True)
with open(os.path.join(sys.argv[2], "scores.txt"), "w") as file:
    file.write("0.93")
